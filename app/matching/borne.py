"""Borne: given names that people bear. Two near ones are hardly one name misspelled, and twins bear them side by side.

Our own compilation of names in common use in schools of the United States, whatever language they come from, in Latin
letters without marks. It need not be whole: what a tenant's own people are called counts beside it.
"""

import re

_COMMON = """
    aaliyah aaron abby abel abigail abraham adalyn adam addison adela adele adelina adeline adnan adrian adriana
    adriel ahmad ahmed aidan aiden aileen aisha aitana alan alana albert alberto aldo alec alejandra alejandro
    alessandra alessandro alex alexa alexander alexandra alexis alfredo ali alia alice alicia alina alison alivia
    aliyah allan allen allison alma alondra alonso alvaro alyssa amalia amanda amara amari amaya amber amelia amin
    amina aminah amir amira amy ana anahi analia anas anastasia andre andrea andreas andres andrew andy angel angela
    angelica angelina angelo angie anika anita ann anna annabelle anne annie anthony antonia antonio anwar anya april
    arabella aria ariana ariane arianna ariel ariella arielle armando arthur arturo arya asad asher ashley ashlyn
    ashton asma aubree aubrey audrey august augusta aurora austin ava avery axel ayan ayanna ayden ayla ayman aymen
    bailey barbara basil basim beatriz beau belinda bella ben benjamin bennett bentley bernard bernardo bethany bianca
    bilal blake bradley brady braeden brandon brayan brayden breanna brenda brendan brennan brett bria brian briana
    brianna bridget brielle brittany brock brody brooke brooklyn bruce bruno bryan bryana bryanna bryce brynn bryson
    caden caiden cailyn caitlin caleb callie calvin camden cameron camila camille camilo camryn cara carina carla
    carlo carlos carly carmen carol carolina caroline carolyn carrie carson carter casey cash caspian catalina
    catherine cayden cecilia cecily cedric celeste celia celine cesar chad charles charlie charlotte chase chelsea chi
    chinh chloe chris christian christiana christina christine christopher claire clara clarissa claudia claudio clay
    clayton clement clementine cody colby cole colin colleen collin colton connor conor cooper cora corey corinne cory
    courtney cristian cristina cruz cynthia daisy dakota dalia dallas dalton damian damien damon dan dana dani daniel
    daniela daniella danielle danna danny dante daphne daria dario darius darren darwin david davin davis dawson
    dayana dean deandre deborah declan delaney delia delilah demi denis denise dennis denzel derek derrick desiree
    destiny devin devon diana diane diego dillon dina dion dominic dominick dominique donald donna donovan dora dorian
    dorothy douglas drew duncan dung duong dustin dylan easton eddie eden edgar edith eduarda eduardo edward edwin
    eileen elaina elaine eleanor elena eli elia eliana elianna elias elijah elin elina elisa elisabeth elise eliseo
    elisha eliza elizabeth ella elle ellen elliana ellie elliot elliott ellis eloise elsa elsie elvira elyse emanuel
    emely emerson emery emilia emiliana emiliano emilie emilio emily emma emmanuel emmett emory enrique enzo eric
    erica erick erik erika erin ernest ernesto esme esmeralda esteban estela esther estrella ethan etta eugene eva
    evan evangeline eve evelyn evelynn everett evie ezekiel ezra fabian fabiana fadi fadil faith farah farid farida
    faris fatima fatimah felicia felicity felipe felix fernanda fernando finley finn fiona flora florence frances
    francesca francesco francis francisca francisco franco frank frankie frederick frida gabriel gabriela gabriella
    gabrielle gael gage gavin gemma genesis genevieve george georgia georgina gerald gerard gerardo gia giada giang
    gianna gilbert gilberto gina giovanna giovanni giselle giuliana gloria grace gracelyn gracie graham grant grayson
    gregory greta griffin guadalupe guillermo gustavo guy gwen hadley hai hailee hailey haley halima hamad
    hamid hamida hamza hana hanh hani hank hanna hannah harley harmony harold haroun harper harriet harris harrison
    harry harvey hasan hashim hassan hayden hayley hazel heath heather hector heidi helen helena henrik henry hiba
    hien hieu hoa hoai hoang holden holly hong hope huda hudson hugo hung hunter huong husna huy huyen ian ibrahim ida
    idris ignacio iker ilham iliana iman imani ingrid ira irene iris irma isaac isabel isabela isabella isabelle
    isaiah isaias isla ismael israel issa itzel ivan ivana ivy jace jack jackson jacob jacqueline jada jade jaden
    jadon jaelyn jaelynn jaiden jaime jake jakob jalen jamal jamar james jamie jamil jamila jan jana jane janelle
    janessa janet janice jared jariel jasmin jasmine jason jasper javier javon jax jaxon jaxson jay jayce jayda jayden
    jayla jaylah jaylee jayleen jaylen jaylin jaylynn jayson jean jeffrey jenna jennifer jenny jeremiah jeremy jerome
    jerry jesse jessica jessie jesus jill jillian jimena jimmy joan joana joanna joaquin jocelyn joe joel joelle joey
    johan johana johanna john johnny jolene jon jonah jonas jonathan jordan jordana jordyn jorge jose josefina joseph
    josephine joshua josiah josie josue joy joyce juan juana juanita jude judith judy julia julian juliana julianna
    julianne julie juliet julieta juliette julio julissa julius june justice justin justina kade kaden kai kaia kaiden
    kailey kailyn kaitlyn kaleb kaley kali kaliyah kamal kamila kamryn kane kara kareem karen karim karima karin
    karina karl karla karlie karsyn kasey kassandra kate katelyn katherine kathleen kathryn katie katrina kaya kayden
    kaydence kayla kaylee kayleigh kaylen kaylie kaylin keaton keegan keira keith kellan kellen kelly kelsey kelvin
    kendall kendra kendrick kenia kennedy kenneth kenny kenya kevin khalid khalil khanh khloe khoa khoi kian kiana
    kiara kien kiera kieran kim kimberly king kingston kinley kira kirsten knox kobe kristen kristian kristin kristina
    kyla kylan kyle kylee kyleigh kyler kylie kyra laila lailah lan lana lance landen landon lara latif latifa laura
    laurel lauren laurie lawrence layan layla layton lea leah leandro leanna leela leia leila leilani lena leo leon
    leona leonard leonardo leonel leonidas leonora leslie lesly leticia lewis lexi lia liam liana lidia lila lilah
    lilia lilian liliana lilith lillian lilly lily lina linda lindsay lindsey linh linnea lisa liv livia lizbeth loan
    logan lola london long lorelei lorena lorenzo lori louis louisa louise luca lucas lucia luciana luciano lucille
    lucy luis luisa luiz luka lukas luke luna luz lydia lyla lyra mabel maci mackenzie macy maddie maddison madeleine
    madeline madelyn madison mae maeve magdalena maggie mahdi mahmoud mai maia majid makayla makenna malachi malak
    malaysia malcolm maleah malia malik mansour manuel manuela mara marc marcel marcela marcelo marco marcos marcus
    margaret margarita margot maria mariah mariam marian mariana marianna marianne maribel mariel mariela marilyn
    marin marina mario marisa marisol marissa mark marlee marlene marley marlon marta martha martin martina marvin
    marwa marwan mary maryam mason mateo mathew matias matilda matteo matthew maurice mauricio max maxim maximilian
    maximo maximus maxine maxwell maya maysa mckenna mckenzie megan meghan melanie melany melina melinda melisa
    melissa melody mercedes meredith mia micaela micah michael michaela michelle miguel mikaela mikayla mike mila
    milan milana milena miles milo mina minh mira miranda miriam misael mitchell mohamed mohammad mohammed moises
    molly mona monica monique monserrat morgan moses mounir muhammad mustafa my mya myah myla myles myra nabil nabila
    nadia nadim nadir naima najma nam nancy naomi nasir nasser natalia natalie natalya natasha nathalia nathalie
    nathan nathanael nathaniel nawal neil nelson nevaeh neymar nga ngan ngoc nguyet nhan nhi nhu nia nicholas nick
    nico nicolas nicole nikita nikki nikola nikolai nikolas nina noah noe noel noelia noelle noemi nola noor nora
    norah norma nova nur nyla oakley octavia octavio odin olive oliver olivia omaima omar omari orion oscar osman
    osvaldo otto owen pablo paige paisley paloma pamela paola paris parker patience patricia patricio patrick paul
    paula paulina pauline paulo payton pearl pedro penelope penny perla peter peyton phat philip phillip phoebe
    phoenix phong phuc phuong pierce piper porter presley preston princess priscilla quan quang quentin quincy quinn
    quinton quoc quyen quynh rachel rafael rafaela rahim rahma raina raja rami ramiro ramon ramona rana randy rania
    raphael raquel rashid raul raven ray raymond rayna reagan rebeca rebecca reed reem reese regina reid reina remi
    remy rena renata rene renee reuben rey reyna rhett rhys ricardo richard ricky rihanna riley rim rita river robert
    roberta roberto robin rocco rocio roderick rodney rodrigo roger rohan roland roman romeo romina ronald ronan ronin
    rory rosa rosalie rosalind rosalinda rosalyn rosario rose roselyn rosemary rosie ross rowan roxana roy ruben ruby
    rudy ruqayya russell ruth ryan ryann ryder ryker rylan ryland rylee ryleigh rylie saad sabah sabir sabrina sade
    sadie safa safiya sage sahar sahra said saige salah saleh salem salim salima salma salman salvador sam samah
    samantha samara sami samia samir samira samuel sandra santana santiago santino sara sarah sarai sariah sasha saul
    savanna savannah sawyer scarlet scarlett scott sean sebastian selah selena selene selina serena serenity sergio
    seth shadi shaima shane shania shannon sharon shaun shawn shayla shayna shea sheila shelby sherlyn sidney siena
    sienna sierra silas silvia simon simone sky skye skyla skylar skyler sofia solomon sonia sonya sophia sophie
    soumaya spencer stacy stefan stefanie stella stephan stephanie stephany stephen sterling steve steven stuart suad
    suhail sullivan sumaya summer susan sydney sylvia tabitha taher tahir talia taliyah tam tamara tamia tan tania
    tanner tanya tara tariq tate tatiana tatum taylor teagan teresa terrance terrell terry tessa thalia thang thanh
    thao theo theodora theodore theresa thiago thien thinh thoa thomas thu thuan thuy tia tiana tien tiffany timothy
    tin titus toan tobias toby todd tomas tommy tony tracy trang travis trent trenton trevon trevor trey tri trinh
    trinity tristan tristen trong troy truc trung tu tuan tucker tung tuyen tuyet tyler tyra tyree tyrell tyrese tyron
    tyrone tyson uriel valentin valentina valentino valeria valerie van vanessa vanna vera veronica vicente victor
    victoria viet vihaan vincent vincenzo vinh violet violeta virginia vivian viviana vivienne vu vuong vy wade walid
    walker walter warren wayne wendy wesley weston whitney will william willow wilson winston wyatt xander xavier
    ximena xuan yadira yahir yahya yamileth yara yareli yaretzi yaseen yasin yasir yasmin yasmine yazmin yen yesenia
    yolanda yosef younes youssef yuna yunus yusra yusuf yvette zachariah zachary zahra zaid zaida zain zainab zaira
    zakariya zaki zander zane zara zaria zariah zayd zayden zayn zaynab zayne zion zoe zoey zuri
"""
BORNE = frozenset(_COMMON.split())

VARIANTS = {
    spelled: variants.split()[0]
    for variants in (
        "mohammed mohamed muhammad mohammad muhammed mohamad muhamad mohamet",
        "yusuf yousef youssef yousuf yusef yosef",
        "ahmed ahmad ahmet",
        "zaynab zainab zeinab zeynep",
        "fatima fatimah fatma",
        "aisha aysha ayesha aishah",
        "hussein husayn hussain husain",
        "layla leila laila leyla",
        "khalid khaled",
        "omar umar",
        "ibrahim ebrahim",
        "maryam mariam meryem",
        "noor nur nour",
        "tariq tarek tarik",
        "sean shaun shawn",
        "aidan aiden ayden",
        "jayden jaden jaiden",
    )
    for spelled in variants.split()
}
"""Names written in several ways, and the first of them: no two brothers or sisters bear two of one line."""

_WRITTEN = (
    ("ph", "f"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("ie", "i"),
    ("ey", "i"),
    ("ee", "i"),
    ("y", "i"),
    ("h", ""),
)


def sound(word: str) -> str:
    """How a given name sounds, about: Sara and Sarah, Brian and Bryan are one name, Marta and Maria are not."""
    spoken = VARIANTS.get(word, word)
    for letters, sounds in _WRITTEN:
        spoken = spoken.replace(letters, sounds)
    return re.sub(r"(.)\1", r"\1", spoken)
